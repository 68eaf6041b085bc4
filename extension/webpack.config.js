// Numbers modules in the order in which they are used, not by a hash of where this folder lies:
// so the same sources give the same files on every machine, and `make extension ARGS=--check` can compare them.
module.exports = {
  optimization: { moduleIds: 'natural', chunkIds: 'natural' }
};

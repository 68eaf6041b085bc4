"""The Amazon States Language: what the fields of a state mean, in JSONPath and in JSONata."""

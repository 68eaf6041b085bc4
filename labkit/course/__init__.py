"""The course: building notebooks from lessons, exercises and their checks, smoke runs."""

import sys

# nbformat imports jsonschema, and that builds 38 parsers with this package: 1.1 s of CPU in each
# process, a learner's kernel at its first check among them, for a format (IRI) no notebook uses.
# Where the package cannot be imported, jsonschema leaves that format unchecked.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

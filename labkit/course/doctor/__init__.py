"""The doctor: tells, line by line, whether labkit can work here, and what to do where it cannot."""

"""The version of this labkit."""

VERSION = "0.1.0"

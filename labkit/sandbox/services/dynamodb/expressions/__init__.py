"""DynamoDB's expressions, read and refused as AWS does, before any item is looked at.

Sources of the texts: recordings of AWS in nubo-db/dynamodb-conformance (2026) and, where it has
none, the messages that mhart/dynalite (2020) was compared with; DynamoDB Developer Guide,
"Using expressions in DynamoDB".
"""

from __future__ import annotations

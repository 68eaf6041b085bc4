"""What a lab created: the journal, the kinds of resource, teardown and inventory."""

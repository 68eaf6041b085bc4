"""What a design costs a month, and where the cheaper way changes: models without widgets."""

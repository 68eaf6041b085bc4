"""What a state machine's definition may be: its fields, their values, where its states lead."""

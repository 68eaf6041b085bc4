"""What one subject needs: its inputs, its helpers, its models."""

"""What live figures and pages share: a frame, one look with enough contrast, and a ticker."""

"""One way in: what a request is, whether it is well formed, who sends it and whether they may."""

"""Small languages of AWS that several services read, each by one reader."""

"""What runs inside an execution environment: started by path, it imports nothing of labkit."""

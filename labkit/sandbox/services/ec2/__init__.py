"""EC2: what it refuses and moto does not, and what moto builds and EC2 builds otherwise."""

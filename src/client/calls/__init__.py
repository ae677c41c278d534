"""What is asked for: generators of requests that send nothing themselves."""

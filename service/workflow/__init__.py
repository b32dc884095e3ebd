"""What happens, told through ports only."""

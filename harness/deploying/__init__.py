"""The parts of deployment (harness.deploy)."""

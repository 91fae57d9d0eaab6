"""Tests of the operations-centre door."""

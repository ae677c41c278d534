"""Figures as tables: on the terminal, and between two marks in a document."""

"""Strategies of several legs in the words of the desk."""

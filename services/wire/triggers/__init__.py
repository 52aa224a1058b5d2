"""Triggers in the words of the contract: what is asked, and what is answered."""

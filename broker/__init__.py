"""Broker plug-ins: the kit (core), shared wire families and one folder per vendor."""

"""The stage that the product plays on: threads, clocks, disk, wire, vendor, clients, trouble, and the judge."""

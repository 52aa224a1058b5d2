"""The Noren twin: Kambala's order system as Shoonya, Flattrade and Zebu run it."""

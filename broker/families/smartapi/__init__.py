"""SmartAPI: the JSON words and the binary feed that Angel One and the type B of m.Stock share."""

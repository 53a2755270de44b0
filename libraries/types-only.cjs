// Stands in for packages of types alone, which compiled code requires all the same.

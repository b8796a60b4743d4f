"""How good rules are: measured on posts whose theme people have named, and compared before and after a change."""

"""A Customizable Contraction Hierarchy: shortest ways on one network under weights that change."""

"""Key points of hands, or meshes of hands, to the hand clip: shaded hands on black in the published look."""

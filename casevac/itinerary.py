"""A way as a coordinator asks for it: at an instant, under the hazards then, and what else there is to say."""

"""One request from the alert to surgery, through each door alone."""

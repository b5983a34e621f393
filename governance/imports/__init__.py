"""Files of other catalogues, read into rows. Nothing here touches a database or decides more than its file says."""

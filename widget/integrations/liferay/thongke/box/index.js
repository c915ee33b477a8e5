/* The script in index.html does it all; data-spa counts Senna's page changes. */

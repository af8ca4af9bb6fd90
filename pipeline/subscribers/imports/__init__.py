"""Import subscribers from CSV files that other systems export."""

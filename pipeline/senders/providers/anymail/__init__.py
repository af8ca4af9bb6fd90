"""Other services, by django-anymail."""

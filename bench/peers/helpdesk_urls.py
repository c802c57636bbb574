"""Where django-helpdesk's pages lie; imported in the peers' environment only."""

from django.urls import include, path

urlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk"))]

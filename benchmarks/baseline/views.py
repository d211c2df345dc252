"""Find, create or merge, and answer."""

from django.db import transaction
from django.db.models import Q
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.baseline.models import Contact
from benchmarks.baseline.serializers import IdentifySerializer, answer


class IdentifyView(APIView):
    def post(self, request: Request) -> Response:
        serializer = IdentifySerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        email = serializer.validated_data.get("email")
        phone_number = serializer.validated_data.get("phone_number")
        with transaction.atomic():
            return Response(answer(identify(email, phone_number)))


def identify(email: str | None, phone_number: str | None) -> list[Contact]:
    carries_either = Q()
    if email:
        carries_either |= Q(email=email)
    if phone_number:
        carries_either |= Q(phone_number=phone_number)
    matches = Contact.objects.filter(carries_either, deleted_at=None)
    primary_ids = {contact.linked_id or contact.id for contact in matches}
    if not primary_ids:
        return [Contact.objects.create(email=email, phone_number=phone_number)]
    contacts = persons(primary_ids)
    primary = contacts[0]
    if len(primary_ids) > 1:
        others = primary_ids - {primary.id}
        Contact.objects.filter(Q(id__in=others) | Q(linked_id__in=others)).update(
            linked=primary, link_precedence="secondary"
        )
        contacts = persons({primary.id})
    emails = {contact.email for contact in contacts}
    phone_numbers = {contact.phone_number for contact in contacts}
    if (email and email not in emails) or (phone_number and phone_number not in phone_numbers):
        contacts.append(
            Contact.objects.create(
                email=email, phone_number=phone_number, linked=primary, link_precedence="secondary"
            )
        )
    return contacts


def persons(primary_ids: set[int]) -> list[Contact]:
    return list(
        Contact.objects.filter(
            Q(id__in=primary_ids) | Q(linked_id__in=primary_ids), deleted_at=None
        ).order_by("created_at", "id")
    )

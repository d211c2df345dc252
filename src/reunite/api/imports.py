"""The endpoints of imports: upload a file, show its progress and its refused rows."""

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from reunite.api.http.access import take_file
from reunite.api.http.errors import LengthRequired
from reunite.api.http.fields import Choice, Nothing
from reunite.api.http.json import JSONView, answer, body, query
from reunite.api.http.operation import EMPTY_OBJECT, operation
from reunite.api.http.pages import WHO, members, page_by_get, page_form
from reunite.api.http.scope import scope_of
from reunite.core.access.callers import KeyScope
from reunite.core.imports.files import FORMATS, Columns, Form
from reunite.core.imports.states import ImportStage, ImportState
from reunite.services.imports.dry_runs import start
from reunite.services.imports.kinds import for_kinds_in_force
from reunite.services.imports.progress import list_imports, show
from reunite.services.imports.uploads import cancel, how_to_read, receive, refused_rows
from reunite.uploaded import length_bytes, pieces

MEDIA_TYPES = (
    "application/octet-stream",
    "text/csv",
    "application/x-ndjson",
    "application/vnd.apache.parquet",
    "application/gzip",
    "application/zstd",
)
_NAME_MAX_LENGTH = 255
MAX_SKIPPED_LINES = 10_000


def _column(what: str) -> serializers.CharField:
    return serializers.CharField(
        required=False,
        default=None,
        max_length=_NAME_MAX_LENGTH,
        trim_whitespace=False,
        help_text=f"The column of {what}, if its name does not say so.",
    )


class _Columns(serializers.ListField):
    """Names of columns: one, or several where the parameter is given more than once."""

    def to_internal_value(self, data: Any) -> Any:
        """The names, in a list."""
        return super().to_internal_value([data] if isinstance(data, str) else data)


def _columns(what: str) -> serializers.ListField:
    return _Columns(
        child=serializers.CharField(max_length=_NAME_MAX_LENGTH, trim_whitespace=False),
        required=False,
        default=[],
        help_text=f"The columns of {what}, if their names do not say so.",
    )


class _KindColumn(serializers.CharField):
    """A declared kind and the name of a column."""

    def to_internal_value(self, data: Any) -> Any:
        """The two, as a pair."""
        kind, sign, column = super().to_internal_value(data).partition("=")
        if not (kind and sign and column):
            told = "No kind and column: send them like customerNumber=COLUMN."
            raise serializers.ValidationError([ErrorDetail(told, "invalid_type")])
        return kind, column


class UploadQuery(serializers.Serializer[Any]):
    """What the file is called, and how to read it."""

    name = serializers.CharField(
        max_length=_NAME_MAX_LENGTH,
        trim_whitespace=False,
        help_text="Its ending gives the format and the compression, like orders.csv.gz.",
    )
    format = Choice(FORMATS, required=False, default=None, help_text="If the name does not say so.")
    email = _columns("emails")
    phone = _columns("phone numbers")
    identifier = _Columns(
        child=_KindColumn(max_length=_NAME_MAX_LENGTH, trim_whitespace=False),
        required=False,
        default=[],
        help_text=(
            "The columns of kinds that the policy declares, like customerNumber=COLUMN, if their "
            "names are not those of the kinds."
        ),
    )
    createdAt = _column("times")
    externalId = _column("ids of your own")
    source = _column("where rows come from")  # type: ignore[assignment]  # The column's usual name
    noCreatedAt = serializers.BooleanField(
        required=False,
        default=False,
        help_text="No column holds times: all rows get the time of the import.",
    )
    dryRun = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Import nothing: tell what would come of the file, and keep it for a day.",
    )
    dateFormat = serializers.CharField(
        required=False,
        default=None,
        max_length=_NAME_MAX_LENGTH,
        help_text="The format of times that are not ISO 8601, like %d/%m/%Y.",
    )
    skipLines = serializers.IntegerField(
        required=False,
        default=0,
        min_value=0,
        max_value=MAX_SKIPPED_LINES,
        help_text="How many lines of a CSV file are above its header.",
    )
    encoding = serializers.CharField(
        required=False,
        default=None,
        max_length=_NAME_MAX_LENGTH,
        help_text="The encoding of text that is not UTF-8, like windows-1252.",
    )


class ImportAnswer(serializers.Serializer[Any]):
    """An import of one file, or of several by the command."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    dryRun = serializers.BooleanField(
        help_text="Whether nothing is imported: the counts are what would come of the file."
    )
    state = serializers.ChoiceField(choices=[each.value for each in ImportState])
    rows = serializers.IntegerField(help_text="How many rows the file has; 0 until it is read.")
    refused = serializers.IntegerField(help_text="How many rows were refused.")
    attempts = serializers.IntegerField(
        help_text="Attempts since the last progress; the import fails after the third."
    )
    stage = serializers.ChoiceField(
        choices=[each.value for each in ImportStage], help_text="The current stage."
    )
    percent = serializers.IntegerField(help_text="How much of the stage is complete.")
    position = serializers.IntegerField(
        help_text="The number of the last imported row, if rows are imported in chunks."
    )
    contacts = serializers.IntegerField(help_text="How many contacts were created so far.")
    persons = serializers.IntegerField(help_text="How many new persons were created so far.")
    merges = serializers.IntegerField(help_text="How many persons were merged so far.")
    held = serializers.IntegerField(help_text="How many merges guards stopped so far.")
    reason = serializers.CharField(
        allow_blank=True, help_text="Why the import or its last attempt failed, and what to do."
    )
    notes = serializers.ListField(
        child=serializers.CharField(),
        help_text="How each column is read, and which columns are not read.",
    )
    refusedByReason = serializers.DictField(
        child=serializers.IntegerField(), help_text="How many rows were refused, by reason."
    )
    leftOutByReason = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="How many rows were imported without one of their values, by reason.",
    )
    createdAt = serializers.DateTimeField()
    createdBy = serializers.CharField(allow_null=True, help_text=WHO)
    updatedAt = serializers.DateTimeField()


ImportsAnswer = page_form("ImportsAnswer", "imports", ImportAnswer)


_LOCATION = OpenApiParameter(
    "Location",
    str,
    OpenApiParameter.HEADER,
    response=[202],
    description="The address of the import, which answers its progress.",
)


def _answer(found: Any) -> dict[str, object]:
    return members(ImportAnswer, found, notes=found.notes.splitlines(), dryRun=found.is_dry)


class ImportsView(JSONView):
    """All imports."""

    get = page_by_get(
        list_imports,
        ImportsAnswer,
        _answer,
        name="listImports",
        summary="List imports",
        needs=(KeyScope.IMPORT, KeyScope.READ),
        tag="imports",
    )

    @operation(
        "uploadFile",
        "Upload a file to import",
        needs=(KeyScope.IMPORT,),
        tag="imports",
        description=(
            "The body is the file itself: CSV, JSONL or Parquet, compressed by gzip or zstd or "
            "not. It is imported in the background, as if each row had been sent to /identify in "
            "order of its time. The same file once more, before it is done, is the same import."
        ),
        parameters=[UploadQuery, _LOCATION],
        request=dict.fromkeys(MEDIA_TYPES, OpenApiTypes.BINARY),
        answer=(ImportAnswer, "The import, which waits for a worker."),
        status=202,
        problems=(411, 413, 501),
    )
    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep the file, for a worker to import."""
        wanted = UploadQuery().run_validation(query(request))
        columns = Columns(
            tuple(wanted["email"]),
            tuple(wanted["phone"]),
            wanted["createdAt"],
            wanted["externalId"],
            wanted["source"],
            identifiers=tuple(wanted["identifier"]),
        )
        form = Form(
            wanted["skipLines"],
            wanted["encoding"],
            wanted["dateFormat"],
            has_times=not wanted["noCreatedAt"],
        )
        scope = scope_of(request.META)
        for_kinds_in_force(scope, columns)
        reading = how_to_read(wanted["name"], format=wanted["format"], columns=columns, form=form)
        size_bytes = length_bytes(request)
        if size_bytes is None:
            raise LengthRequired
        take_file(request.META, size_bytes)
        found = receive(
            scope,
            wanted["name"],
            reading,
            pieces(request, size_bytes),
            size_bytes=size_bytes,
            is_dry=wanted["dryRun"],
        )
        return answer(_answer(found), status=202, Location=f"/imports/{found.id}")


class ImportView(JSONView):
    """One import."""

    @operation(
        "showImport",
        "Show the progress of an import",
        needs=(KeyScope.IMPORT, KeyScope.READ),
        tag="imports",
        answer=(ImportAnswer, "The import."),
        problems=(404,),
    )
    def get(self, request: HttpRequest, id: int) -> HttpResponse:
        """Show it."""
        return answer(_answer(show(scope_of(request.META), id)))

    @operation(
        "cancelImport",
        "Cancel an import",
        needs=(KeyScope.IMPORT,),
        tag="imports",
        description=(
            "The file is deleted, and the import stops within seconds. Rows that were imported "
            "stay."
        ),
        answer=(ImportAnswer, "The cancelled import."),
        problems=(404, 409),
    )
    def delete(self, request: HttpRequest, id: int) -> HttpResponse:
        """Cancel it."""
        return answer(_answer(cancel(scope_of(request.META), id)))


class StartView(JSONView):
    """The import of a file that a dry run has examined."""

    @operation(
        "startImport",
        "Import the file of a dry run",
        needs=(KeyScope.IMPORT,),
        tag="imports",
        description="The server keeps the file for a day, so it need not be sent again.",
        request=EMPTY_OBJECT,
        answer=(ImportAnswer, "The import, which waits its turn."),
        problems=(404, 409),
    )
    def post(self, request: HttpRequest, id: int) -> HttpResponse:
        """Start it."""
        Nothing().run_validation(body(request))
        return answer(_answer(start(scope_of(request.META), id)))


class RefusedView(JSONView):
    """The rows that an upload's import refused."""

    @operation(
        "refusedRows",
        "Download the refused rows with their reasons",
        needs=(KeyScope.IMPORT, KeyScope.READ),
        tag="imports",
        answer={
            "text/csv": (
                OpenApiTypes.STR,
                "The file, the line, the reason and the column; no values.",
            )
        },
        problems=(404,),
    )
    def get(self, request: HttpRequest, id: int) -> HttpResponseBase:
        """The list, as a file."""
        return FileResponse(refused_rows(scope_of(request.META), id), content_type="text/csv")

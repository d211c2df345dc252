"""The operations of the service. Made from the OpenAPI document: `make openapi` writes it again."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Literal, TypeVar, Unpack

from reunite.client import answers
from reunite.client.calls import Call, Options, given

T = TypeVar("T")


class AsyncOperations(ABC):
    """A method for each operation; see docs/reference/http.md for what each does."""

    @abstractmethod
    async def send(self, call: Call[T], **options: Unpack[Options]) -> T:
        """Send a call and wait for its answer."""

    async def approve_link(
        self,
        id: int,
        *,
        reason: str | None = None,
        dry_run: bool | None = None,
        **options: Unpack[Options],
    ) -> answers.RepairAnswer:
        """Approve a held link."""
        return await self.send(
            Call[answers.RepairAnswer](
                "POST",
                f"/links/{id}/approve",
                body=given({"reason": reason, "dryRun": dry_run}),
                repeats=dry_run is True,
            ),
            **options,
        )

    async def cancel_import(self, id: int, **options: Unpack[Options]) -> answers.ImportAnswer:
        """Cancel an import."""
        return await self.send(Call[answers.ImportAnswer]("DELETE", f"/imports/{id}"), **options)

    async def change_policy(
        self,
        policy: answers.PolicyForm,
        *,
        expected_version: int | None = None,
        **options: Unpack[Options],
    ) -> answers.PolicyAnswer:
        """Change the policy."""
        return await self.send(
            Call[answers.PolicyAnswer](
                "PUT", "/policy", query=given({"expectedVersion": expected_version}), body=policy
            ),
            **options,
        )

    async def change_webhook(
        self,
        id: int,
        *,
        url: str | None = None,
        types: list[str] | None = None,
        **options: Unpack[Options],
    ) -> answers.WebhookAnswer:
        """Change a webhook."""
        return await self.send(
            Call[answers.WebhookAnswer](
                "PATCH", f"/webhooks/{id}", body=given({"url": url, "types": types})
            ),
            **options,
        )

    async def create_key(
        self,
        *,
        name: str,
        scopes: list[answers.ScopesEnum],
        expires_at: str | None = None,
        **options: Unpack[Options],
    ) -> answers.NewApiKeyAnswer:
        """Create a key."""
        return await self.send(
            Call[answers.NewApiKeyAnswer](
                "POST",
                "/keys",
                body=given({"name": name, "scopes": scopes, "expiresAt": expires_at}),
            ),
            **options,
        )

    async def create_webhook(
        self, *, url: str, types: list[str] | None = None, **options: Unpack[Options]
    ) -> answers.NewSecretAnswer:
        """Create a webhook."""
        return await self.send(
            Call[answers.NewSecretAnswer](
                "POST", "/webhooks", body=given({"url": url, "types": types})
            ),
            **options,
        )

    async def create_workspace(
        self, *, name: str, key_name: str | None = None, **options: Unpack[Options]
    ) -> answers.NewWorkspaceAnswer:
        """Create a workspace, and its first key."""
        return await self.send(
            Call[answers.NewWorkspaceAnswer](
                "POST", "/workspaces", body=given({"name": name, "keyName": key_name})
            ),
            **options,
        )

    async def defer_link(
        self,
        id: int,
        *,
        reason: str | None = None,
        dry_run: bool | None = None,
        **options: Unpack[Options],
    ) -> answers.RepairAnswer:
        """Say that you are unsure about a held link."""
        return await self.send(
            Call[answers.RepairAnswer](
                "POST",
                f"/links/{id}/defer",
                body=given({"reason": reason, "dryRun": dry_run}),
                repeats=dry_run is True,
            ),
            **options,
        )

    async def delete_contact(self, id: int, **options: Unpack[Options]) -> answers.TakenBackAnswer:
        """Delete a contact."""
        return await self.send(
            Call[answers.TakenBackAnswer]("DELETE", f"/contacts/{id}"), **options
        )

    async def delete_webhook(self, id: int, **options: Unpack[Options]) -> answers.WebhookAnswer:
        """Delete a webhook."""
        return await self.send(Call[answers.WebhookAnswer]("DELETE", f"/webhooks/{id}"), **options)

    async def disable_webhook(self, id: int, **options: Unpack[Options]) -> answers.WebhookAnswer:
        """Disable a webhook."""
        return await self.send(
            Call[answers.WebhookAnswer]("POST", f"/webhooks/{id}/disable", body={}), **options
        )

    async def enable_webhook(self, id: int, **options: Unpack[Options]) -> answers.WebhookAnswer:
        """Enable a webhook."""
        return await self.send(
            Call[answers.WebhookAnswer]("POST", f"/webhooks/{id}/enable", body={}), **options
        )

    async def erase_person(
        self, id: int, *, dry_run: bool | None = None, **options: Unpack[Options]
    ) -> answers.ErasedAnswer:
        """Erase a person."""
        return await self.send(
            Call[answers.ErasedAnswer](
                "POST",
                f"/persons/{id}/erase",
                body=given({"dryRun": dry_run}),
                repeats=dry_run is True,
            ),
            **options,
        )

    async def explain(
        self, *, from_: answers.EndRequest, to: answers.EndRequest, **options: Unpack[Options]
    ) -> answers.ExplainAnswer:
        """The shortest chain of evidence between two identifiers or contacts."""
        return await self.send(
            Call[answers.ExplainAnswer](
                "POST", "/persons/explain", body=given({"from": from_, "to": to}), repeats=True
            ),
            **options,
        )

    async def explain_contacts(
        self, id: int, *, from_: int, to: int, **options: Unpack[Options]
    ) -> answers.ExplainAnswer:
        """The shortest chain of evidence between two contacts of a person."""
        return await self.send(
            Call[answers.ExplainAnswer](
                "GET",
                f"/persons/{id}/explain",
                query=given({"from": from_, "to": to}),
                repeats=True,
            ),
            **options,
        )

    async def export_person(self, id: int, **options: Unpack[Options]) -> answers.ExportAnswer:
        """Export everything that is kept about a person."""
        return await self.send(
            Call[answers.ExportAnswer]("GET", f"/persons/{id}/export", repeats=True), **options
        )

    async def find_persons(self, *, text: str, **options: Unpack[Options]) -> answers.FindAnswer:
        """Find the persons that a text may mean."""
        return await self.send(
            Call[answers.FindAnswer](
                "POST", "/persons/find", body=given({"text": text}), repeats=True
            ),
            **options,
        )

    async def healthz(self, **options: Unpack[Options]) -> dict[str, Any]:
        """Is the process alive?"""
        return await self.send(Call[dict[str, Any]]("GET", "/healthz", repeats=True), **options)

    async def identify(
        self,
        *,
        include: Literal["decision", "decision,identifiers", "identifiers"] | None = None,
        email: str | None = None,
        phone_number: str | int | None = None,
        verified: list[Literal["email", "phoneNumber"]] | None = None,
        identifiers: dict[str, str | int | list[str | int]] | None = None,
        **options: Unpack[Options],
    ) -> answers.IdentifyAnswer:
        """Send contact details and get the person."""
        return await self.send(
            Call[answers.IdentifyAnswer](
                "POST",
                "/identify",
                query=given({"include": include}),
                body=given(
                    {
                        "email": email,
                        "phoneNumber": phone_number,
                        "verified": verified,
                        "identifiers": identifiers,
                    }
                ),
                repeats=True,
            ),
            **options,
        )

    async def identify_batch(
        self,
        *,
        requests: list[answers.IdentifyRequest],
        include: Literal["decision", "decision,identifiers", "identifiers"] | None = None,
        **options: Unpack[Options],
    ) -> answers.IdentifyBatchAnswer:
        """Send many contact details at once and get the persons."""
        return await self.send(
            Call[answers.IdentifyBatchAnswer](
                "POST",
                "/identify/batch",
                query=given({"include": include}),
                body=given({"requests": requests}),
                repeats=True,
            ),
            **options,
        )

    async def join(
        self,
        *,
        contact_ids: list[int],
        reason: str | None = None,
        dry_run: bool | None = None,
        **options: Unpack[Options],
    ) -> answers.RepairAnswer:
        """Join two persons by hand."""
        return await self.send(
            Call[answers.RepairAnswer](
                "POST",
                "/links",
                body=given({"reason": reason, "contactIds": contact_ids, "dryRun": dry_run}),
                repeats=dry_run is True,
            ),
            **options,
        )

    async def largest_persons(
        self, *, after: int | None = None, **options: Unpack[Options]
    ) -> answers.LargestPersonsAnswer:
        """List persons by size."""
        return await self.send(
            Call[answers.LargestPersonsAnswer](
                "GET", "/persons/largest", query=given({"after": after}), repeats=True
            ),
            **options,
        )

    async def lift_separation(
        self, id: int, *, give_back: bool | None = None, **options: Unpack[Options]
    ) -> answers.RepairAnswer:
        """Lift a separation."""
        return await self.send(
            Call[answers.RepairAnswer](
                "DELETE", f"/separations/{id}", query=given({"giveBack": give_back})
            ),
            **options,
        )

    async def list_contacts(
        self,
        id: int,
        *,
        after: int | None = None,
        limit: int | None = None,
        **options: Unpack[Options],
    ) -> answers.ContactsAnswer:
        """List all contacts of a person, in pages."""
        return await self.send(
            Call[answers.ContactsAnswer](
                "GET",
                f"/persons/{id}/contacts",
                query=given({"after": after, "limit": limit}),
                repeats=True,
            ),
            **options,
        )

    async def list_deliveries(
        self,
        id: int,
        *,
        after: int | None = None,
        state: Literal["dead", "delivered", "waiting"] | None = None,
        **options: Unpack[Options],
    ) -> answers.DeliveriesAnswer:
        """List the deliveries of a webhook."""
        return await self.send(
            Call[answers.DeliveriesAnswer](
                "GET",
                f"/webhooks/{id}/deliveries",
                query=given({"after": after, "state": state}),
                repeats=True,
            ),
            **options,
        )

    async def list_events(
        self,
        *,
        after: int | None = None,
        feed_id: str | None = None,
        limit: int | None = None,
        wait: int | None = None,
        **options: Unpack[Options],
    ) -> answers.EventsAnswer:
        """List the events after a number."""
        return await self.send(
            Call[answers.EventsAnswer](
                "GET",
                "/events",
                query=given({"after": after, "feedId": feed_id, "limit": limit, "wait": wait}),
                repeats=True,
            ),
            **options,
        )

    async def list_imports(
        self, *, after: int | None = None, **options: Unpack[Options]
    ) -> answers.ImportsAnswer:
        """List imports."""
        return await self.send(
            Call[answers.ImportsAnswer](
                "GET", "/imports", query=given({"after": after}), repeats=True
            ),
            **options,
        )

    async def list_keys(
        self, *, after: int | None = None, **options: Unpack[Options]
    ) -> answers.ApiKeysAnswer:
        """List keys."""
        return await self.send(
            Call[answers.ApiKeysAnswer](
                "GET", "/keys", query=given({"after": after}), repeats=True
            ),
            **options,
        )

    async def list_links(
        self,
        *,
        after: int | None = None,
        person_id: int | None = None,
        state: Literal["held", "live", "rejected", "revoked", "settled", "suspended"] | None = None,
        **options: Unpack[Options],
    ) -> answers.LinksAnswer:
        """List links."""
        return await self.send(
            Call[answers.LinksAnswer](
                "GET",
                "/links",
                query=given({"after": after, "personId": person_id, "state": state}),
                repeats=True,
            ),
            **options,
        )

    async def list_policy_versions(
        self, *, after: int | None = None, **options: Unpack[Options]
    ) -> answers.VersionsAnswer:
        """List the versions of the policy."""
        return await self.send(
            Call[answers.VersionsAnswer](
                "GET", "/policy/versions", query=given({"after": after}), repeats=True
            ),
            **options,
        )

    async def list_repairs(
        self, *, after: int | None = None, **options: Unpack[Options]
    ) -> answers.RepairsAnswer:
        """List repairs."""
        return await self.send(
            Call[answers.RepairsAnswer](
                "GET", "/repairs", query=given({"after": after}), repeats=True
            ),
            **options,
        )

    async def list_retired(
        self, *, after: int | None = None, **options: Unpack[Options]
    ) -> answers.RetiredPageAnswer:
        """List retired identifiers."""
        return await self.send(
            Call[answers.RetiredPageAnswer](
                "GET", "/identifiers/retired", query=given({"after": after}), repeats=True
            ),
            **options,
        )

    async def list_separations(
        self, *, after: int | None = None, person_id: int | None = None, **options: Unpack[Options]
    ) -> answers.SeparationsAnswer:
        """List separations."""
        return await self.send(
            Call[answers.SeparationsAnswer](
                "GET",
                "/separations",
                query=given({"after": after, "personId": person_id}),
                repeats=True,
            ),
            **options,
        )

    async def list_webhooks(
        self, *, after: int | None = None, **options: Unpack[Options]
    ) -> answers.WebhooksAnswer:
        """List webhooks."""
        return await self.send(
            Call[answers.WebhooksAnswer](
                "GET", "/webhooks", query=given({"after": after}), repeats=True
            ),
            **options,
        )

    async def list_workspaces(
        self, *, after: int | None = None, **options: Unpack[Options]
    ) -> answers.WorkspacesAnswer:
        """List workspaces."""
        return await self.send(
            Call[answers.WorkspacesAnswer](
                "GET", "/workspaces", query=given({"after": after}), repeats=True
            ),
            **options,
        )

    async def most_carried_identifiers(
        self, *, after: int | None = None, **options: Unpack[Options]
    ) -> answers.MostCarriedAnswer:
        """List identifiers by the contacts that carry them."""
        return await self.send(
            Call[answers.MostCarriedAnswer](
                "GET", "/identifiers/most-carried", query=given({"after": after}), repeats=True
            ),
            **options,
        )

    async def normalize(
        self,
        *,
        email: str | None = None,
        phone_number: str | int | None = None,
        policy: answers.PolicyForm | None = None,
        identifiers: dict[str, str | int | list[str | int]] | None = None,
        **options: Unpack[Options],
    ) -> answers.NormalizeAnswer:
        """Show the canonical form of a value."""
        return await self.send(
            Call[answers.NormalizeAnswer](
                "POST",
                "/normalize",
                body=given(
                    {
                        "email": email,
                        "phoneNumber": phone_number,
                        "policy": policy,
                        "identifiers": identifiers,
                    }
                ),
                repeats=True,
            ),
            **options,
        )

    async def read_metrics(self, **options: Unpack[Options]) -> str:
        """Metrics of all processes and workspaces, for Prometheus."""
        return await self.send(Call[str]("GET", "/metrics", repeats=True, is_text=True), **options)

    async def readyz(self, **options: Unpack[Options]) -> dict[str, Any]:
        """Can requests be served?"""
        return await self.send(Call[dict[str, Any]]("GET", "/readyz", repeats=True), **options)

    async def redeliver_dead(self, id: int, **options: Unpack[Options]) -> answers.CountAnswer:
        """Attempt dead deliveries again."""
        return await self.send(
            Call[answers.CountAnswer]("POST", f"/webhooks/{id}/redeliver", body={}), **options
        )

    async def refused_rows(self, id: int, **options: Unpack[Options]) -> str:
        """Download the refused rows with their reasons."""
        return await self.send(
            Call[str]("GET", f"/imports/{id}/refused", repeats=True, is_text=True), **options
        )

    async def reject_link(
        self,
        id: int,
        *,
        reason: str | None = None,
        dry_run: bool | None = None,
        keep_apart: bool | None = None,
        **options: Unpack[Options],
    ) -> answers.RepairAnswer:
        """Reject a held link."""
        return await self.send(
            Call[answers.RepairAnswer](
                "POST",
                f"/links/{id}/reject",
                body=given({"reason": reason, "dryRun": dry_run, "keepApart": keep_apart}),
                repeats=dry_run is True,
            ),
            **options,
        )

    async def replay_events(
        self, id: int, *, first: int, last: int, **options: Unpack[Options]
    ) -> answers.CountAnswer:
        """Deliver the messages of a range of numbers again."""
        return await self.send(
            Call[answers.CountAnswer](
                "POST", f"/webhooks/{id}/replay", body=given({"first": first, "last": last})
            ),
            **options,
        )

    async def resolve(
        self,
        *,
        email: str | None = None,
        phone_number: str | int | None = None,
        verified: list[Literal["email", "phoneNumber"]] | None = None,
        identifiers: dict[str, str | int | list[str | int]] | None = None,
        **options: Unpack[Options],
    ) -> answers.ResolveAnswer:
        """Find the person of contact details, and what identify would do."""
        return await self.send(
            Call[answers.ResolveAnswer](
                "POST",
                "/resolve",
                body=given(
                    {
                        "email": email,
                        "phoneNumber": phone_number,
                        "verified": verified,
                        "identifiers": identifiers,
                    }
                ),
                repeats=True,
            ),
            **options,
        )

    async def restore_identifier(
        self,
        *,
        reason: str | None = None,
        dry_run: bool | None = None,
        email: str | None = None,
        phone_number: str | int | None = None,
        identifiers: dict[str, str | int | list[str | int]] | None = None,
        **options: Unpack[Options],
    ) -> answers.RepairAnswer:
        """Restore an identifier."""
        return await self.send(
            Call[answers.RepairAnswer](
                "POST",
                "/identifiers/restore",
                body=given(
                    {
                        "reason": reason,
                        "dryRun": dry_run,
                        "email": email,
                        "phoneNumber": phone_number,
                        "identifiers": identifiers,
                    }
                ),
                repeats=dry_run is True,
            ),
            **options,
        )

    async def restore_link(
        self,
        id: int,
        *,
        reason: str | None = None,
        dry_run: bool | None = None,
        **options: Unpack[Options],
    ) -> answers.RepairAnswer:
        """Restore a link that was revoked or rejected."""
        return await self.send(
            Call[answers.RepairAnswer](
                "POST",
                f"/links/{id}/restore",
                body=given({"reason": reason, "dryRun": dry_run}),
                repeats=dry_run is True,
            ),
            **options,
        )

    async def retire_identifier(
        self,
        *,
        reason: str | None = None,
        dry_run: bool | None = None,
        email: str | None = None,
        phone_number: str | int | None = None,
        identifiers: dict[str, str | int | list[str | int]] | None = None,
        **options: Unpack[Options],
    ) -> answers.RepairAnswer:
        """Retire an identifier."""
        return await self.send(
            Call[answers.RepairAnswer](
                "POST",
                "/identifiers/retire",
                body=given(
                    {
                        "reason": reason,
                        "dryRun": dry_run,
                        "email": email,
                        "phoneNumber": phone_number,
                        "identifiers": identifiers,
                    }
                ),
                repeats=dry_run is True,
            ),
            **options,
        )

    async def revoke_key(self, id: int, **options: Unpack[Options]) -> answers.ApiKeyAnswer:
        """Revoke a key."""
        return await self.send(Call[answers.ApiKeyAnswer]("DELETE", f"/keys/{id}"), **options)

    async def revoke_link(
        self,
        id: int,
        *,
        reason: str | None = None,
        dry_run: bool | None = None,
        keep_apart: bool | None = None,
        **options: Unpack[Options],
    ) -> answers.TakenBackAnswer:
        """Revoke a link."""
        return await self.send(
            Call[answers.TakenBackAnswer](
                "POST",
                f"/links/{id}/revoke",
                body=given({"reason": reason, "dryRun": dry_run, "keepApart": keep_apart}),
                repeats=dry_run is True,
            ),
            **options,
        )

    async def rotate_webhook_secret(
        self, id: int, *, overlap_hours: int | None = None, **options: Unpack[Options]
    ) -> answers.NewSecretAnswer:
        """Replace the secret of a webhook."""
        return await self.send(
            Call[answers.NewSecretAnswer](
                "POST", f"/webhooks/{id}/rotate", body=given({"overlapHours": overlap_hours})
            ),
            **options,
        )

    async def search_persons(
        self,
        *,
        email: str | None = None,
        phone_number: str | int | None = None,
        identifiers: dict[str, str | int | list[str | int]] | None = None,
        **options: Unpack[Options],
    ) -> answers.SearchAnswer:
        """Find the persons whose contacts hold an email or a phone number."""
        return await self.send(
            Call[answers.SearchAnswer](
                "POST",
                "/persons/search",
                body=given(
                    {"email": email, "phoneNumber": phone_number, "identifiers": identifiers}
                ),
                repeats=True,
            ),
            **options,
        )

    async def separate(
        self, *, contact_ids: list[int], reason: str | None = None, **options: Unpack[Options]
    ) -> answers.SeparatedAnswer:
        """Keep two persons apart."""
        return await self.send(
            Call[answers.SeparatedAnswer](
                "POST", "/separations", body=given({"reason": reason, "contactIds": contact_ids})
            ),
            **options,
        )

    async def show_evidence(self, id: int, **options: Unpack[Options]) -> answers.GraphAnswer:
        """Show the evidence that joins the contacts of a person."""
        return await self.send(
            Call[answers.GraphAnswer]("GET", f"/persons/{id}/graph", repeats=True), **options
        )

    async def show_history(
        self,
        id: int,
        *,
        after: int | None = None,
        limit: int | None = None,
        **options: Unpack[Options],
    ) -> answers.HistoryAnswer:
        """List the events of a person, in order."""
        return await self.send(
            Call[answers.HistoryAnswer](
                "GET",
                f"/persons/{id}/history",
                query=given({"after": after, "limit": limit}),
                repeats=True,
            ),
            **options,
        )

    async def show_import(self, id: int, **options: Unpack[Options]) -> answers.ImportAnswer:
        """Show the progress of an import."""
        return await self.send(
            Call[answers.ImportAnswer]("GET", f"/imports/{id}", repeats=True), **options
        )

    async def show_person(
        self, id: int, *, include: Literal["identifiers"] | None = None, **options: Unpack[Options]
    ) -> answers.ShowPersonAnswer:
        """Show everything known about a person."""
        return await self.send(
            Call[answers.ShowPersonAnswer](
                "GET", f"/persons/{id}", query=given({"include": include}), repeats=True
            ),
            **options,
        )

    async def show_policy(self, **options: Unpack[Options]) -> answers.PolicyAnswer:
        """The policy in force."""
        return await self.send(
            Call[answers.PolicyAnswer]("GET", "/policy", repeats=True), **options
        )

    async def show_webhook(self, id: int, **options: Unpack[Options]) -> answers.WebhookAnswer:
        """Show a webhook."""
        return await self.send(
            Call[answers.WebhookAnswer]("GET", f"/webhooks/{id}", repeats=True), **options
        )

    async def simulate_policy(
        self, policy: answers.PolicyForm, **options: Unpack[Options]
    ) -> answers.SimulateAnswer:
        """Simulate a policy."""
        return await self.send(
            Call[answers.SimulateAnswer]("POST", "/policy/simulate", body=policy, repeats=True),
            **options,
        )

    async def split_person(
        self,
        id: int,
        *,
        contact_ids: list[int],
        reason: str | None = None,
        dry_run: bool | None = None,
        keep_apart: bool | None = None,
        shared_stay: answers.SharedStayEnum | None = None,
        **options: Unpack[Options],
    ) -> answers.RepairAnswer:
        """Split a person."""
        return await self.send(
            Call[answers.RepairAnswer](
                "POST",
                f"/persons/{id}/split",
                body=given(
                    {
                        "reason": reason,
                        "dryRun": dry_run,
                        "contactIds": contact_ids,
                        "keepApart": keep_apart,
                        "sharedStay": shared_stay,
                    }
                ),
                repeats=dry_run is True,
            ),
            **options,
        )

    async def start_import(self, id: int, **options: Unpack[Options]) -> answers.ImportAnswer:
        """Import the file of a dry run."""
        return await self.send(
            Call[answers.ImportAnswer]("POST", f"/imports/{id}/start", body={}), **options
        )

    async def stats(self, **options: Unpack[Options]) -> answers.StatsAnswer:
        """Count what guards stopped, and what waits for review."""
        return await self.send(Call[answers.StatsAnswer]("GET", "/stats", repeats=True), **options)

    async def take_snapshot(
        self,
        *,
        after: int | None = None,
        feed_id: str | None = None,
        limit: int | None = None,
        **options: Unpack[Options],
    ) -> answers.SnapshotAnswer:
        """List all contacts with their persons, in pages."""
        return await self.send(
            Call[answers.SnapshotAnswer](
                "GET",
                "/snapshot",
                query=given({"after": after, "feedId": feed_id, "limit": limit}),
                repeats=True,
            ),
            **options,
        )

    async def undo_repair(
        self, id: int, *, reason: str | None = None, **options: Unpack[Options]
    ) -> answers.RepairAnswer:
        """Undo a repair."""
        return await self.send(
            Call[answers.RepairAnswer](
                "POST", f"/repairs/{id}/undo", body=given({"reason": reason})
            ),
            **options,
        )

    async def upload_file(
        self,
        file: Path | bytes,
        *,
        name: str,
        created_at: str | None = None,
        date_format: str | None = None,
        dry_run: bool | None = None,
        email: list[str] | None = None,
        encoding: str | None = None,
        external_id: str | None = None,
        format: Literal["csv", "jsonl", "parquet"] | None = None,
        identifier: list[str] | None = None,
        no_created_at: bool | None = None,
        phone: list[str] | None = None,
        skip_lines: int | None = None,
        source: str | None = None,
        **options: Unpack[Options],
    ) -> answers.ImportAnswer:
        """Upload a file to import."""
        return await self.send(
            Call[answers.ImportAnswer](
                "POST",
                "/imports",
                query=given(
                    {
                        "createdAt": created_at,
                        "dateFormat": date_format,
                        "dryRun": dry_run,
                        "email": email,
                        "encoding": encoding,
                        "externalId": external_id,
                        "format": format,
                        "identifier": identifier,
                        "name": name,
                        "noCreatedAt": no_created_at,
                        "phone": phone,
                        "skipLines": skip_lines,
                        "source": source,
                    }
                ),
                file=file,
            ),
            **options,
        )

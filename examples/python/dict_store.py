# SPDX-License-Identifier: MIT
"""A store in Python, to begin with: replace the dicts by your database. Each method is one transaction: it does all
that it is asked, or raises and has changed nothing. Times are milliseconds since 1970."""
import functools
import heapq
import threading
from dataclasses import dataclass, field

import leadflow


@dataclass
class Contact:
    bytes: bytes = b''
    revision: int = 0
    due: int = leadflow.NEVER
    outbox: list = field(default_factory=list)


@dataclass(eq=False)
class Effect:
    contact: str
    key: str
    json: str
    fence: int = 0
    attempts: int = 0
    not_before: int = -2**63


def transaction(method):
    @functools.wraps(method)
    def alone(self, *args):
        with self.mutex:
            return method(self, *args)
    return alone


class DictStore:
    def __init__(self):
        self.mutex = threading.Lock()
        self.contacts = {}  # by tenant and id
        self.graveyard = {}  # lists of dead effects, by tenant

    @transaction
    def load(self, tenant, id):
        """The bytes and the revision of a contact; None if there is none."""
        contact = self.contacts.get((tenant, id))
        return contact and (contact.bytes, contact.revision)

    @transaction
    def commit(self, tenant, commit):
        contact = self.contacts.get((tenant, commit.contact)) or Contact()
        settled = commit.settled_key and self._claimed(tenant, commit.contact, commit.settled_key, commit.settled_fence)
        if contact.revision != commit.revision:
            raise leadflow.Conflict

        contact.bytes = commit.bytes
        contact.revision += 1
        contact.due = commit.wake
        if settled:
            self._finish(tenant, settled, commit.settled_outcome)
        contact.outbox += [Effect(it.contact, it.key, it.json) for it in commit.effects]
        self.contacts[tenant, commit.contact] = contact

    @transaction
    def claim_due(self, tenant, now, lease_until, limit):
        """Ids of contacts that are due, the earliest first; nobody else gets them before the lease ends."""
        due = [(contact.due, id) for id, contact in self._of(tenant) if contact.due <= now]
        ids = [id for _, id in heapq.nsmallest(limit, due)]
        for id in ids:
            self.contacts[tenant, id].due = lease_until
        return ids

    @transaction
    def claim_effects(self, tenant, now, lease_until, limit):
        """Of each contact the first effect, if its time has come; each claim gives it another fence."""
        firsts = [contact.outbox[0] for _, contact in self._of(tenant) if contact.outbox]
        claimed = heapq.nsmallest(limit, (it for it in firsts if it.not_before <= now),
                                  key=lambda it: (it.not_before, it.contact))
        for effect in claimed:
            effect.not_before = lease_until
            effect.fence += 1
        return claimed

    @transaction
    def settle(self, tenant, id, key, fence, outcome, not_before):
        """'done', 'dead', or 'retry', not before a time."""
        effect = self._claimed(tenant, id, key, fence)
        if outcome != 'retry':
            self._finish(tenant, effect, outcome)
            return
        effect.attempts += 1
        effect.fence += 1
        effect.not_before = not_before

    @transaction
    def scan(self, tenant, after, limit):
        """Ids behind one, in the order of their bytes; '' is before the first."""
        return heapq.nsmallest(limit, (id for id, _ in self._of(tenant) if id > after))

    @transaction
    def dead(self, tenant, limit):
        """Effects that are dead, the first that died in front."""
        return self.graveyard.get(tenant, [])[:limit]

    @transaction
    def revive(self, tenant, key):
        """Back to the end of its contact's outbox."""
        effect = next((it for it in self.graveyard.get(tenant, []) if it.key == key), None)
        if effect is None:
            raise leadflow.NotFound
        self.graveyard[tenant].remove(effect)
        effect.attempts = 0
        effect.fence += 1
        effect.not_before = -2**63
        self.contacts[tenant, effect.contact].outbox.append(effect)

    def _of(self, tenant):
        return ((id, contact) for (owner, id), contact in self.contacts.items() if owner == tenant)

    def _claimed(self, tenant, id, key, fence):
        contact = self.contacts.get((tenant, id))
        effect = contact.outbox[0] if contact and contact.outbox else None
        if effect is None or (effect.key, effect.fence) != (key, fence):
            raise leadflow.Fenced
        return effect

    def _finish(self, tenant, effect, outcome):
        self.contacts[tenant, effect.contact].outbox.pop(0)
        if outcome == 'dead':
            self.graveyard.setdefault(tenant, []).append(effect)

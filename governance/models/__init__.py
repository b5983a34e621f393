"""Tables of the ground: people, organisations, committees, datasets, hosts, ontologies, keys, audit and outbox."""

from governance.models.audit import AuditEvent
from governance.models.committees import Committee, CommitteeUserPermission
from governance.models.datasets import Dataset, DatasetProposal, DatasetUserPermission, DatasetVersion
from governance.models.files import StoredFile
from governance.models.hosts import DataHost, HostedDataset
from governance.models.installation import Installation
from governance.models.jobs import Job, JobPart
from governance.models.keys import SigningKey
from governance.models.notices import Letter, Notice, NoticeChoice
from governance.models.ontology import OntologyRelease, OntologyTerm
from governance.models.organisations import Affiliation, Organisation, OrganisationUserPermission
from governance.models.outbox import Delivery, Lease, OutboxMessage
from governance.models.people import User
from governance.models.record import Checkpoint, Leaf, RecordSealer, Subtree

__all__ = [
    "Affiliation",
    "AuditEvent",
    "Checkpoint",
    "Committee",
    "CommitteeUserPermission",
    "DataHost",
    "Dataset",
    "DatasetProposal",
    "DatasetUserPermission",
    "DatasetVersion",
    "Delivery",
    "HostedDataset",
    "Installation",
    "Job",
    "JobPart",
    "Leaf",
    "Lease",
    "Letter",
    "Notice",
    "NoticeChoice",
    "OntologyRelease",
    "OntologyTerm",
    "Organisation",
    "OrganisationUserPermission",
    "OutboxMessage",
    "RecordSealer",
    "SigningKey",
    "StoredFile",
    "Subtree",
    "User",
]

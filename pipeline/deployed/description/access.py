"""What the function may do."""

from typing import Any

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.description.answers import optional, statements
from pipeline.deployed.description.names import role_name


def describe_role(deployment: Deployment) -> dict[str, Any] | None:
    """Return the policies of the function's role, or None if there is no such role."""
    iam, name = deployment.iam, role_name(deployment)
    role = optional(lambda: iam.get_role(RoleName=name)).get("Role")
    if role is None:
        return None
    return {
        "trust": statements(role["AssumeRolePolicyDocument"]),
        "permissions_boundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "attached": sorted(
            policy["PolicyArn"] for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        ),
        "policies": {
            policy: statements(iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"])
            for policy in sorted(iam.list_role_policies(RoleName=name)["PolicyNames"])
        },
    }

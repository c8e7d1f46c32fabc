//! What is left behind by an act: a line in the audit log, and a hint to the screens.

use postrider_core::ids::{AuditId, OrganizationId, ProjectId};
use postrider_engine::events::Hint;
use postrider_store::Tx;
use postrider_store::audit::{self, Entry};
use postrider_store::deliveries::Delivery;
use postrider_store::scope::Scope;
use serde_json::Value;

use crate::auth::Asker;
use crate::problem::Answer;
use crate::state::AppState;

/// A line of the audit log, for whoever does the act to write in the same transaction.
pub fn line(state: &AppState, scope: &Scope, asker: &Asker, action: &str, object: impl ToString, detail: Value) -> Entry {
    let at = state.now_ms();
    Entry {
        id: AuditId::new(at, state.ten()),
        organization_id: scope.organization_id,
        at,
        user_id: Some(scope.user_id),
        action: action.to_owned(),
        object_id: object.to_string(),
        detail,
        address: asker.client.address.clone(),
    }
}

/// Writes a line of the audit log, in the transaction of what it tells.
///
/// # Errors
/// If the rows do not take it.
pub async fn note(
    state: &AppState,
    tx: &mut Tx,
    scope: &Scope,
    asker: &Asker,
    action: &str,
    object: impl ToString,
    detail: Value,
) -> Answer<()> {
    Ok(audit::record(tx, &line(state, scope, asker, action, object, detail)).await?)
}

/// Tells screens that something changed.
pub fn changed(
    state: &AppState,
    kind: &'static str,
    id: impl ToString,
    version: i64,
    organization_id: OrganizationId,
    project_id: Option<ProjectId>,
) {
    state.engine.shared().events.send(Hint {
        kind,
        id: id.to_string(),
        version,
        organization_id,
        project_id,
    });
}

/// Tells screens that a delivery changed, and so its post.
pub fn delivery_changed(state: &AppState, delivery: &Delivery) {
    let (organization, project) = (delivery.organization_id, Some(delivery.project_id));
    changed(state, "delivery", delivery.id, delivery.version, organization, project);
    changed(state, "post", delivery.post_id, delivery.version, organization, project);
}

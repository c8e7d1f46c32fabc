//! Whether people are asked for the permissions that a call needs, and the call says who asks.

use serde_json::Value;

use crate::call::Call;
use crate::schema::Checker;

/// How many of the permissions that a document names are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needed {
    /// Each.
    All,
    /// One of them.
    One,
}

/// Notes what is missing of the permissions that a document names.
pub fn check(checker: &mut Checker<'_>, needed: Needed, scopes: &Value, call: &Call) {
    let scopes: Vec<&str> = scopes.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if scopes.is_empty() {
        return;
    }
    if !call.headers.iter().any(|name| name == "authorization") {
        checker.fault("header", "does not say who asks");
    }
    let is_asked = |scope: &&str| call.permissions.iter().any(|asked| asked == scope);
    let enough = match needed {
        Needed::All => scopes.iter().all(is_asked),
        Needed::One => scopes.iter().any(is_asked),
    };
    if !enough {
        checker.fault(
            "permission",
            format_args!("{needed:?} of {scopes:?} is not asked for: {:?}", call.permissions),
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(needed: Needed, scopes: &Value, permissions: &[&str], headers: &[&str]) -> usize {
        let spec = json!({});
        let mut checker = Checker::new(&spec, &[]);
        let mut call = Call::read(b"GET /a.example/b HTTP/1.1\r\n\r\n").expect("a call");
        call.permissions = permissions.iter().map(|one| (*one).to_owned()).collect();
        call.headers = headers.iter().map(|one| (*one).to_owned()).collect();
        check(&mut checker, needed, scopes, &call);
        checker.faults.len()
    }

    #[test]
    fn what_is_needed_and_not_asked_for_is_found() {
        let both = json!(["read", "write"]);
        assert_eq!(faults(Needed::All, &both, &["write", "read", "more"], &["authorization"]), 0);
        assert_eq!(faults(Needed::All, &both, &["read"], &["authorization"]), 1);
        assert_eq!(faults(Needed::One, &both, &["read"], &["authorization"]), 0);
        assert_eq!(faults(Needed::One, &both, &["more"], &["authorization"]), 1);
        assert_eq!(faults(Needed::One, &both, &["read"], &[]), 1);
        assert_eq!(faults(Needed::All, &json!([]), &[], &[]), 0);
    }
}

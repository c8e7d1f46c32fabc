//! The table: what was tried, and what it answered.

use postrider_testkit::Answer;

/// The table as it is filled.
#[derive(Default)]
pub struct Table {
    rows: Vec<(String, u16, String, String)>,
    pub wrong: Vec<String>,
}

impl Table {
    /// Holds an answer to what it must be: a problem document with this status and code, in words, that tells nothing of the inside.
    pub fn holds(&mut self, tried: &str, answer: &Answer, status: u16, code: &str) {
        let problem = &answer.body;
        let kind = answer.headers.get("content-type").and_then(|kind| kind.to_str().ok());
        let words = |field: &str| problem[field].as_str().is_some_and(|words| !words.is_empty());
        let inside = ["sqlx", "SELECT", "panicked", "/tmp/", ".rs:"];
        let good = answer.status == status
            && kind == Some("application/problem+json")
            && (problem["code"] == code || answer.first_problem() == code)
            && ["type", "title", "detail"].into_iter().all(words)
            && !inside.iter().any(|name| answer.text.contains(name));
        if !good {
            self.wrong
                .push(format!("{tried}: not {status} {code} but {}: {}", answer.status, answer.text));
        }
        let detail = problem["problems"][0]["message"].as_str().or(problem["detail"].as_str());
        self.rows
            .push((tried.to_owned(), status, code.to_owned(), detail.unwrap_or_default().to_owned()));
    }

    /// The same, and it names the field.
    pub fn names(&mut self, tried: &str, answer: &Answer, status: u16, code: &str, field: &str) {
        self.holds(tried, answer, status, code);
        let problem = &answer.body;
        if problem["field"] != field && problem["problems"][0]["field"] != field {
            self.wrong.push(format!("{tried}: does not name {field}: {}", answer.text));
        }
    }

    /// The same, and it says what to do.
    pub fn remedies(&mut self, tried: &str, answer: &Answer, status: u16, code: &str) {
        self.holds(tried, answer, status, code);
        let told = answer.body["remedy"].as_str().or(answer.body["problems"][0]["remedy"].as_str());
        if told.is_none_or(str::is_empty) {
            self.wrong.push(format!("{tried}: no remedy: {}", answer.text));
        }
    }

    pub fn took(&mut self, tried: &str, status: u16, what: &str) {
        self.rows.push((tried.to_owned(), status, "taken".to_owned(), what.to_owned()));
    }

    pub fn print(&self) {
        println!("| what was tried | status | code | what it said |\n| --- | --- | --- | --- |");
        for (tried, status, code, detail) in &self.rows {
            println!("| {tried} | {status} | `{code}` | {detail} |");
        }
    }
}

//! The unit tests with one decision of the shipped code changed after the other: what they all pass, only the simulation sees.

use std::process::Command;

use postrider_core::mutant::Mutant;

/// Whose unit tests.
const CRATES: [&str; 5] = [
    "postrider-core",
    "postrider-provider",
    "postrider-networks",
    "postrider-store",
    "postrider-engine",
];

/// Runs them, and prints a line for each mutant.
///
/// # Errors
/// If the tests fail without any mutant, or with one: then the simulation is not all that would have caught it.
pub fn run(cargo: &str) -> anyhow::Result<()> {
    let tests = |mutant: Option<Mutant>| {
        let mut command = Command::new(cargo);
        command.args(["test", "--quiet", "--lib", "--no-fail-fast", "--features", "postrider-core/mutants"]);
        CRATES.iter().for_each(|of| {
            command.args(["--package", of]);
        });
        if let Some(mutant) = mutant {
            command.env("POSTRIDER_MUTANT", mutant.key());
        }
        command.output()
    };
    anyhow::ensure!(tests(None)?.status.success(), "the unit tests fail without any mutant");
    let mut failing = 0;
    for mutant in Mutant::ALL {
        let passed = tests(Some(*mutant))?;
        let word = if passed.status.success() { "passes" } else { "FAILS" };
        println!("{:22} {word}", mutant.key());
        if !passed.status.success() {
            failing += 1;
            println!("{}", String::from_utf8_lossy(&passed.stdout));
        }
    }
    anyhow::ensure!(failing == 0, "{failing} mutants are seen by unit tests");
    Ok(())
}

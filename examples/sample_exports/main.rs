//! Writes `sample_exports/`: `cargo run --example sample_exports -- sample_exports`.

mod make;

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            println!("sample_exports: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let Some(out) = std::env::args_os().nth(1).map(PathBuf::from) else {
        return Err("give the folder to write, as in: sample_exports".into());
    };
    let all = make::exports()?;
    for made in all.iter().chain(&make::contacts::lists()) {
        let path = out.join(&made.path);
        let folder = path.parent().unwrap_or(&out);
        std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        std::fs::write(&path, &made.bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    let readme = out.join("README.md");
    std::fs::write(&readme, make::readme::write(&all))
        .map_err(|e| format!("{}: {e}", readme.display()))?;
    let messages: usize = all.iter().map(|made| made.messages).sum();
    println!("{} exports, {messages} messages", all.len());
    Ok(())
}

"""Sound code to break, by language."""

PYTHON = (
    "import math\n\n\ndef area(radius: float) -> float:\n    return math.pi * radius**2\n\n\nprint(area(2))",
    "teas = {'green': 80, 'black': 95}\nfor name, degrees in teas.items():\n    print(f'{name}: {degrees}')",
    "from pathlib import Path\n\nlines = Path('notes.txt').read_text().splitlines()\nif lines:\n    print(len(lines))",
    "class Pot:\n    def __init__(self, size: int) -> None:\n        self.size = size\n\n    def pour(self, amount: int) -> int:\n        return min(amount, self.size)",
    "try:\n    value = int(input())\nexcept ValueError:\n    value = 0\nprint([value + step for step in range(3)])",
)
OTHERS: dict[str, tuple[str, ...]] = {
    "json": ('{\n  "name": "green",\n  "degrees": 80,\n  "tags": ["fresh", "light"]\n}',
             '[\n  {"id": 1, "ok": true},\n  {"id": 2, "ok": false}\n]'),
    "yaml": ("name: green\ndegrees: 80\ntags:\n  - fresh\n  - light", "steps:\n  - run: make\n    shell: bash\n  - run: make test"),
    "toml": ('[tea]\nname = "green"\ndegrees = 80', 'title = "tea"\n\n[owner]\nname = "Li"\nages = [1, 2]'),
    "javascript": ("const teas = ['green', 'black'];\nfor (const tea of teas) {\n  console.log(tea);\n}",
                   "function steep(minutes) {\n  return new Promise((done) => setTimeout(done, minutes));\n}"),
    "typescript": ("interface Tea {\n  name: string;\n  degrees: number;\n}\nconst tea: Tea = { name: 'green', degrees: 80 };",),
    "bash": ('for tea in green black; do\n  echo "$tea"\ndone', "if [ -f tea.txt ]; then\n  cat tea.txt\nfi"),
    "html": ("<ul>\n  <li><b>green</b></li>\n  <li><i>black</i></li>\n</ul>", "<div>\n  <p>tea</p>\n  <span>hot</span>\n</div>"),
    "sql": ("SELECT name, degrees FROM teas WHERE degrees > 80 ORDER BY name;",
            "INSERT INTO teas (name, degrees) VALUES ('green', 80);"),
    "cpp": ("#include <iostream>\n\nint main() {\n  for (int i = 0; i < 3; i++) {\n    std::cout << i;\n  }\n  return 0;\n}",),
    "java": ('public class Tea {\n  public static void main(String[] args) {\n    System.out.println("tea");\n  }\n}',),
}  # fmt: skip


def fenced(language: str, code: str) -> str:
    return f"```{language}\n{code}\n```"

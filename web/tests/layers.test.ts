import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { LAYERS } from '../layers'

const SRC = join(import.meta.dirname, '../src')
const LARGEST_FOLDER = 15
const entries = readdirSync(SRC, { recursive: true, withFileTypes: true })
const files = entries
  .filter((entry) => entry.isFile() && /\.(ts|svelte)$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name).slice(SRC.length + 1))
const known = new Set(files)

interface Import {
  readonly to: string
  readonly typeOnly: boolean
}

/** The scripts of a component, or the whole of a module. */
function code(file: string): string {
  const text = readFileSync(join(SRC, file), 'utf-8')
  if (!file.endsWith('.svelte')) return text
  // A component may import another one lazily in its markup.
  const lazy = [...text.matchAll(/import\('[^']+'\)/g)].map(([call]) => call)
  const scripts = [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map(([, body]) => body)
  return [...scripts, ...lazy].join('\n')
}

function importsOf(file: string): Import[] {
  const source = ts.createSourceFile('a.ts', code(file), ts.ScriptTarget.Latest, true)
  const found: Import[] = []
  const visit = (node: ts.Node) => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push({ to: node.moduleSpecifier.text, typeOnly: isTypeOnly(node) })
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [specifier] = node.arguments
      if (specifier && ts.isStringLiteral(specifier)) {
        found.push({ to: specifier.text, typeOnly: false })
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found.flatMap(({ to, typeOnly }) => {
    if (!to.startsWith('.') || to.endsWith('.css')) return []
    return [{ to: resolved(file, to), typeOnly }]
  })
}

function isTypeOnly({ importClause }: ts.ImportDeclaration): boolean {
  if (!importClause) return false
  if (importClause.isTypeOnly) return true
  const { namedBindings } = importClause
  if (importClause.name || !namedBindings || !ts.isNamedImports(namedBindings)) return false
  return namedBindings.elements.every((element) => element.isTypeOnly)
}

function resolved(file: string, specifier: string): string {
  const base = normalize(join(dirname(file), specifier))
  const found = [base, `${base}.ts`, `${base}.d.ts`].find((path) => known.has(path))
  if (!found) throw new Error(`${file} imports ${specifier}, which is no file of src`)
  return found
}

const graph = new Map(files.map((file) => [file, importsOf(file)]))
const folderOf = (file: string) => (file.includes('/') ? (file.split('/')[0] ?? '') : '')

/** A circle of imports through `file`, if there is one: the files in order. */
function circles(): string[][] {
  const done = new Set<string>()
  const found: string[][] = []
  const visit = (file: string, path: readonly string[]) => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file])
    if (done.has(file) || path.includes(file)) return
    for (const { to } of graph.get(file) ?? []) visit(to, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  return found
}

describe('the imports of src', () => {
  it('are found at all', () => {
    expect(graph.get('App.svelte')?.map(({ to }) => to)).toContain('features/home/Home.svelte')
    expect([...graph.values()].flat().length).toBeGreaterThan(400)
  })

  it('go one way from folder to folder', () => {
    const layers: Readonly<Record<string, readonly string[]>> = LAYERS
    const wrong = [...graph].flatMap(([file, imports]) => {
      const from = folderOf(file)
      const allowed = layers[from]
      if (from === '') return []
      return imports
        .filter(({ to }) => folderOf(to) !== from && !allowed?.includes(folderOf(to)))
        .filter(({ to, typeOnly }) => !(to === 'api/types.ts' && typeOnly))
        .map(({ to }) => `${file} → ${to}`)
    })
    expect(wrong).toEqual([])
  })

  it('are allowed without a circle of folders', () => {
    const below: Readonly<Record<string, readonly string[]>> = LAYERS
    const reaches = (from: string): string[] =>
      (below[from] ?? []).flatMap((folder) => [folder, ...reaches(folder)])
    for (const folder of Object.keys(below)) expect(reaches(folder)).not.toContain(folder)
  })

  it('make no circle of files', () => {
    expect(circles()).toEqual([])
  })
})

describe('the folders of src', () => {
  it('are known to the rules of imports', () => {
    const folders = new Set(files.map(folderOf).filter((folder) => folder !== ''))
    expect([...folders].sort()).toEqual(Object.keys(LAYERS).sort())
  })

  it(`hold at most ${LARGEST_FOLDER} files each`, () => {
    const counts = new Map<string, number>()
    for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
    const large = [...counts].filter(([, count]) => count > LARGEST_FOLDER)
    expect(large).toEqual([])
  })
})

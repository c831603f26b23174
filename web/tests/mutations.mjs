/**
 * Takes away defences of the studio one at a time, in a copy of its sources, and runs the tests
 * that must notice. `mutations.json` lists them; `python web/build.py mutations` runs them all,
 * and `node tests/mutations.mjs WORD` those whose file or test has the word.
 */

import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const WEB = join(import.meta.dirname, '..')
const PARTS = ['src', 'tests', 'vite.config.ts', 'svelte.config.js', 'tsconfig.json', 'layers.js']

/** The state of each test of a file, by its full name. */
function run(root, test) {
  const report = join(root, 'report.json')
  rmSync(report, { force: true })
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const options = ['--root', root, '--reporter=json', `--outputFile=${report}`]
  const ended = spawnSync(process.execPath, [vitest, 'run', test, ...options], {
    cwd: root,
    encoding: 'utf-8',
  })
  try {
    const { testResults } = JSON.parse(readFileSync(report, 'utf-8'))
    const all = testResults.flatMap((file) => file.assertionResults)
    return new Map(all.map(({ fullName, status }) => [fullName, status]))
  } catch (error) {
    throw new Error(`vitest gave no report: ${ended.stderr}`, { cause: error })
  }
}

/** Why a mutation proves nothing, or null when its test notices it. */
function verdict(root, { file, take, put, test, notices }) {
  const path = join(root, file)
  const source = readFileSync(path, 'utf-8')
  if (source.split(take).length !== 2) return 'the code to take away is not there exactly once'
  writeFileSync(
    path,
    source.replace(take, () => put),
  )
  try {
    const status = run(root, test).get(notices)
    if (status === undefined) return 'there is no such test'
    return status === 'failed' ? null : 'its test passes all the same'
  } finally {
    writeFileSync(path, source)
  }
}

function main(word = '') {
  const listed = JSON.parse(readFileSync(join(WEB, 'tests/mutations.json'), 'utf-8'))
  const mutations = listed.filter(({ file, notices }) => `${file} ${notices}`.includes(word))
  const root = mkdtempSync(join(tmpdir(), 'xiezuo-web-'))
  let survivors = 0
  try {
    for (const part of PARTS) cpSync(join(WEB, part), join(root, part), { recursive: true })
    symlinkSync(join(WEB, 'node_modules'), join(root, 'node_modules'))
    for (const test of new Set(mutations.map((mutation) => mutation.test))) {
      const broken = [...run(root, test)].filter(([, status]) => status !== 'passed')
      if (broken.length) throw new Error(`${test} fails before anything is taken away`)
    }
    for (const mutation of mutations) {
      const reason = verdict(root, mutation)
      if (reason) survivors += 1
      console.log(`${reason ? `SURVIVED (${reason})` : 'noticed'}: ${mutation.defence}`)
    }
  } finally {
    rmSync(root, { recursive: true })
  }
  console.log(`${mutations.length - survivors} of ${mutations.length} noticed`)
  process.exitCode = survivors ? 1 : 0
}

main(process.argv[2])

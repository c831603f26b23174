import { mount } from 'svelte'
import App from './App.svelte'
import { locale, setLocale } from './i18n/locale.svelte'
import { showPreferences } from './state/preferences.svelte'
import { showTheme } from './state/theme.svelte'
import { startWorker } from './state/worker.svelte'
import './styles/tokens.css'
import './styles/base.css'

const CALM_MS = 2000

showTheme()
showPreferences()
setLocale(locale())
const target = document.getElementById('app')
if (!target) throw new Error('index.html has no #app')
mount(App, { target })
// It fetches all parts of the studio: not before the first view is there.
if (import.meta.env.PROD) setTimeout(() => void startWorker(), CALM_MS)

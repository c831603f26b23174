import { mount } from 'svelte'
import App from './App.svelte'
import { locale, setLocale, t } from './i18n/locale.svelte'
import { notify } from './state/notices.svelte'
import { showPreferences } from './state/preferences.svelte'
import { showTheme } from './state/theme.svelte'
import { startServiceWorker } from './sync/service-worker'
import './styles/tokens.css'
import './styles/base.css'

const CALM_MS = 2000
const NEWS = { en: 'A new version is available', zh: '有新版本可用' } as const
const RELOAD = { en: 'Reload', zh: '刷新' } as const

function offerReload(reload: () => void): void {
  notify(t(NEWS), { label: t(RELOAD), run: reload }, true)
}

showTheme()
showPreferences()
setLocale(locale())
const target = document.getElementById('app')
if (!target) throw new Error('index.html has no #app')
mount(App, { target })
// It fetches all parts of the studio: not before the first view is there.
if (import.meta.env.PROD) setTimeout(() => void startServiceWorker(offerReload), CALM_MS)

// The system's fonts: nothing is loaded from elsewhere, and nothing is shipped that a system has.
import Theme from 'vitepress/theme-without-fonts'
import './style.css'

// biome-ignore lint/style/noDefaultExport: vitepress reads the default export.
export default Theme

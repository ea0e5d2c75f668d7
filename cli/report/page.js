// The page is whole without this: it only hides runs that nobody looks for.
(() => {
	const form = document.getElementById('filter');
	const runs = [...document.querySelectorAll('.runs > li')];
	const told = document.getElementById('shown');
	const show = () => {
		const words = form.text.value.toLowerCase().split(/\s+/);
		let n = 0;
		for (const run of runs) {
			const text = run.querySelector('summary').textContent.toLowerCase();
			run.hidden = form.failed.checked && run.classList.contains('good') ||
				!words.every(word => text.includes(word));
			n += !run.hidden;
		}
		told.textContent = `${n} of ${runs.length} shown`;
	};
	form.hidden = runs.length < 2;
	form.addEventListener('input', show);
	form.addEventListener('submit', event => event.preventDefault());
	// A link to one run opens it.
	const open = () => {
		const run = document.getElementById(location.hash.slice(1));
		if (run && run.querySelector('details'))
			run.querySelector('details').open = true;
	};
	addEventListener('hashchange', open);
	open();
	show();
})();

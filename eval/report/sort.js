// Column heads become buttons that sort; without this script the tables stay as they are.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const rising = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", rising ? "ascending" : "descending");
      // What has no figure there stays below, whichever way.
      const key = (row) => {
        const cell = row.cells[column];
        if (column === 0) return row.cells.length > 2 ? cell.dataset.name : undefined;
        return cell && cell.dataset.number ? Number(cell.dataset.number) : undefined;
      };
      const order = (a, b) => {
        const [x, y] = [key(a), key(b)];
        if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
        const sign = typeof x === "number" ? x - y : x.localeCompare(y);
        return rising ? sign : -sign;
      };
      body.append(...[...body.rows].sort(order));
    });
  });
}

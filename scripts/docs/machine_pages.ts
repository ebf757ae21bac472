import { definitionOf } from "../../machines/machine_definition.ts";
import { describeMachine } from "../../web/inspector/statechart/describe_machine.ts";
import { drawStatechart } from "../../web/inspector/statechart/draw_statechart.ts";
import { layOutStatechart } from "../../web/inspector/statechart/lay_out_statechart.ts";
import { svgText } from "../../web/inspector/statechart/svg_element.ts";
import { type ListedMachine, machineList } from "./machine_list.ts";
import { generatedNote } from "./markdown.ts";

/** The page of machines and the picture of each, by their names in docs/. */
export async function machinePages(): Promise<Record<string, string>> {
  const pages: Record<string, string> = { "machines.md": machinesPage() };
  // One after another: ELK computes in this thread anyway.
  for (const listed of machineList) pages[pictureOf(listed)] = await machinePicture(listed);
  return pages;
}

function pictureOf({ file }: ListedMachine): string {
  return `machines/${file}.svg`;
}

/** The picture of one machine, drawn from its definition alone. */
export async function machinePicture({ machine, title, answers }: ListedMachine): Promise<string> {
  const layout = await layOutStatechart(describeMachine(definitionOf(machine)));
  return `${svgText(drawStatechart(layout, { title: `${title}: statechart`, description: answers }))}\n`;
}

function machinesPage(): string {
  return [
    generatedNote,
    "# The machines",
    `Whatever is decided in Signalbox is decided by one of ${machineList.length} state machines, which do nothing else: they know no socket, no clock and no
engine. The pictures are drawn from the machines themselves (\`npm run docs\`), so that they show what runs. Open one to see it in its full size.`,
    howToRead,
    ...machineList.map(section),
    "",
  ].join("\n\n");
}

const howToRead = `How to read them, as far as it is not UML:

* A box is a state, a box in it a state within it; a dashed box is one of several regions that are active at the same time, and a double border
  is an end.
* On an arrow: the event, \`[guard]\`, \`/ actions\`. \`always\` needs no event, \`after\` is a time limit by its name. \`[else]\` is taken when no guard
  of the same event held. Parameters are shown when they are names.
* In a box or beside the boxes in it: what is done on entry and exit, and the events that do not leave the state, tried from top to bottom
  with those on its arrows; \`nothing\` means that the event is passed over, \`anew\` that the state is entered once more.
* An arrow from \`any other\` stands for the same arrow from every other state beside it. Where five states or more, anywhere, share a
  transition, no arrow is drawn but its line in their boxes ends with \`→\` and where it leads.
* An event that a state does not take is tried on the states around it.`;

function section(listed: ListedMachine): string {
  const { file, title, answers, runBy, lives } = listed;
  const link = (path: string) => `[${path}](../${path})`;
  return `## ${title}

${answers}

${lives} ${link(`machines/${file}.ts`)}, run by ${runBy.map(link).join(" and ")}.

[![Statechart: ${title}](${pictureOf(listed)})](${pictureOf(listed)})`;
}

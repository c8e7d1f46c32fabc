import { Button, Group, Modal, Text } from '@mantine/core';
import { type Ask, set } from './confirm.ts';

export default function ConfirmDialog({ ask }: { ask: Ask }) {
  const close = () => set(undefined);
  return (
    <Modal opened onClose={close} title={<Text fw={650}>{ask.title}</Text>}>
      <Text size="sm" component="div">
        {ask.body}
      </Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={close}>
          Not now
        </Button>
        <Button
          data-autofocus
          color={ask.danger === false ? undefined : 'red.9'}
          onClick={() => {
            close();
            ask.onConfirm();
          }}
        >
          {ask.action}
        </Button>
      </Group>
    </Modal>
  );
}
